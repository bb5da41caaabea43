"""Who does the work: the threads of one job, the stream that feeds them, the worker processes."""

from shelfhook.pool.heavy import HeavyPool
from shelfhook.pool.items import ItemPool
from shelfhook.pool.stream import BATCH, Stream

__all__ = ["BATCH", "HeavyPool", "ItemPool", "Stream"]
