// Package keys decides who may call through a gateway and what it may cost: API keys, their scopes and limits, budgets, and customers' credits.
//
// A [Service] answers from memory. Keys are a snapshot that follows the store within [Options.Poll]. Credits and budgets are spent from leases:
// the store gives a process a part of a customer's credits, and of the key's budget, in one transaction, and takes it back from whoever gives it
// as spent already; the process spends it without asking again. What is settled is written in batches, each applied once. So a call makes no trip
// to the database, and whatever number of processes share a store, what they settle never exceeds credits or budgets.
//
// For a call: [Service.Authorize], then [Service.Reserve] with the most that it can cost, then [Reservation.Settle] or [Reservation.Cancel].
// What is refused is a [*Refusal].
package keys
