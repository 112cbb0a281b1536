"""Every endpoint of this WeCom. Importing the package fills the registry."""

from steward.simulator.endpoints import (
    archive,
    basics,
    chats,
    customer_groups,
    directory,
    files,
    messages,
    webhook,
)

__all__ = ["archive", "basics", "chats", "customer_groups", "directory", "files", "messages", "webhook"]
