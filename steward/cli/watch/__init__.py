"""What `serve` answers about itself: is it alive, is it ready, how much of what. Nothing here can stop the service."""
