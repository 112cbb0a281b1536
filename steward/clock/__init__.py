"""Working days, quiet hours, periods, schedules and their wording. Pure: `now` is always passed in."""
