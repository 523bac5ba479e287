// Package wide is 128-bit unsigned arithmetic for the state machine: products of two amounts, fixed point with 64
// fractional bits, and share counts. Every operation reports overflow instead of wrapping or panicking, and the
// text form is canonical, so that one value has one encoding.
//
// It is not a general big-number library: it holds the few operations that the chain needs, without allocation.
package wide
