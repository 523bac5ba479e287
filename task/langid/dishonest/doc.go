// Package dishonest holds langid experts that a sound network pays nothing: one
// that guesses, one that always gives the same answer, one that is slow and drops
// requests. They exist for tests and demonstrations.
package dishonest
