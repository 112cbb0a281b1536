"""What is said: facts and findings become a report, a report becomes text. Pure; words live in templates/."""
