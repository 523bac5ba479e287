// Package apptest runs the whole chain inside a test: every module, real signatures, one validator, a database in memory
// and a clock that only the test moves.
//
// Each block is executed three times: by the node that the test talks to, by one that is restarted again and again from
// its database, and by one that executes transactions in parallel. All three must agree on the app hash, so whatever a
// test does, it also shows that the state machine keeps nothing in memory that it ought to store and depends on no
// order but the block's. Neither of the two mirrors ever sees CheckTx. After each block every module's invariants hold.
//
// It is for tests of the application. Tests of a single module's keeper want package keepertest.
package apptest
