// Package corpus reads the English texts that models are trained and measured on, as scripts/data.sh leaves them: the
// State of the Union speeches, each with its year, and the Brown corpus, each text with its genre.
//
// Whether a text is held out of training is a function of its name alone (HeldOut), so every model of the repository
// keeps away from the same texts. Tokens and batches are not this package's business.
package corpus
