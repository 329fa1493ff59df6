"""Networks: specified without PyTorch, described without memory, trained by one short loop."""
