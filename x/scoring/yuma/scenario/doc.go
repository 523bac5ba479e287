// Package scenario reads, writes and replays epochs as JSON documents, the form in which reference figures are recorded
// and in which a chain's epochs leave it, so that anyone can reckon them again without a chain.
//
// A document holds scenarios, a scenario consecutive epochs, an epoch its parameters and whole input and, where it is known,
// its result. Unknown fields are passed over: files carry notes.
package scenario
