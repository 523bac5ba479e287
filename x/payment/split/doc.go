// Package split divides an amount among parties by integer basis points. It is arithmetic alone: who the parties are, and how they are
// paid, is its user's business.
package split
