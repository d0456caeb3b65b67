"""Region, school, teaching point, overlays with as-of dates, class, room, studio, bell schedule, term and calendar."""
