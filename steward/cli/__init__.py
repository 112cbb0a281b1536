"""The commands of `main.py`: one file for each family, imported only when it is called."""
