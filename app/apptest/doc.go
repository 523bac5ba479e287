// Package apptest runs the whole chain inside a test: every module, real signatures, one validator, a database in memory
// and a clock that only the test moves.
//
// Each block is executed by the node that the test talks to and by its shadows (shadow.go): one that is restarted from its
// database before every block, one that executes transactions in parallel, and one that keeps no history and no cache. None
// of them ever sees CheckTx. All must agree on the app hash, so whatever a test does, it also shows that the state machine
// keeps nothing in memory that it ought to store, and depends on no order but the block's and on no setting of a node.
// After each block every module's invariants hold.
//
// It is for tests of the application. Tests of a single module's keeper want package keepertest.
package apptest
