// Package langid is the task of naming the language of a text.
//
// It is small and real: experts differ most on short phrases in languages that
// resemble each other (Danish and Norwegian, Spanish and Portuguese, Bulgarian and
// Macedonian), so the examiner asks mostly those. Questions are cut from a labelled
// source; a part of the source's documents is held out from every examiner, so that
// true accuracy can be measured.
//
// The experts are in packages of their own (lingua, whatlang, dishonest): this
// package links no model.
package langid
