"""From a review to text: reporters read the frozen `Review` and never work anything out."""
