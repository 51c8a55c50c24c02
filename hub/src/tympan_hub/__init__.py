"""The hub of Tympan. ``http`` → ``service`` → ``ports`` ← ``adapters``; ``domain`` knows nobody."""
