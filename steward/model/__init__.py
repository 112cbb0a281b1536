"""The words everybody here uses: frozen records without behaviour of their own. Imports nothing of ours."""
