"""The one router of the API: two operations of one address have to stand in the same."""

from ninja import Router

router = Router()
