"""What every task and every question rests on: numbers, their intervals, their words."""
