// Package backing is what stake counts for in an epoch besides the token that is staked there, and where the dividends
// that it earned go: root stake, which counts in every subnet for a part of its AGON, and stake that a parent delegates to
// its children.
//
// An epoch reckons on the effective stake of each uid (Stake) and says what each uid's dividends are; Split parts those
// among all that the uid's stake was made of. It is pure integer arithmetic, imports no SDK, and says where each remainder
// goes. What counts is given by numbers alone, uids and seats: who holds them is the caller's business.
package backing
