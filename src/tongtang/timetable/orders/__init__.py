"""Change orders: dated overrides of the published timetable. What holds is the plan and the orders in force."""
