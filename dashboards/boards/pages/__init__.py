"""The dashboards, one module each."""

from boards.pages import collection, logs, mongodb, overview, policies, runs, storage, web

BOARDS = (
    overview.BOARD,
    web.BOARD,
    collection.BOARD,
    runs.BOARD,
    mongodb.BOARD,
    storage.BOARD,
    policies.BOARD,
    logs.BOARD,
)
