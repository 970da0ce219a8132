//! What a customer is worth: models of repeat buying, fitted by maximum likelihood.
