"""What single number do we rank by? The metric, by split, by column and by what errors cost."""
