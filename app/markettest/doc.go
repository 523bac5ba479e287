// Package markettest gives tests Agon's keepers on the stores and the bank of package keepertest, joined by hooks as
// the application joins them, with blocks that a test steps through.
//
// It runs no transactions, no consensus and no modules of the SDK but accounts and bank; a whole chain for tests is in
// package apptest.
package markettest
