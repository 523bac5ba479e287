// Package verbs holds the short commands of agond: what holders, miners and owners do most, in words and units of people.
//
// A verb asks the chain first, shows what would happen, asks whoever sits there, sends one transaction, waits for its block and
// says what really happened. It ends with an error whenever the chain refuses. What has no verb is below agond tx and agond query,
// which take messages and questions as they are.
package verbs
