"""Answers of the teams service."""

from __future__ import annotations

from appwrite_py.http.people import Membership, MembershipList, Team, TeamList

__all__ = ["Membership", "MembershipList", "Team", "TeamList"]
