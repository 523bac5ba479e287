// Package display writes amounts, parts and prices for people, and the tables that hold them, in one way for all programs.
//
// Everything is reckoned in integers and cut, never rounded up to what is not there. Reading what people type is not its concern.
package display
