// Package validator is the daemon that examines a subnet's miners and tells the chain what it found.
//
// It follows the chain by block height, asks miners what a user might ask, under ordinary accounts of its own and under tags
// that only it can open, judges the answers by the subnet's task, keeps a moving score of every miner, and in each epoch
// commits to its weights and to the receipts behind them; in the next it reveals both.
//
// Two rules hold everywhere. What the chain or a miner may see is durable here first: a round's number before its questions, an
// answer before it counts, a commit's salt and receipts before its hash is sent. And what the chain says is truth: after a restart the
// daemon asks it what became of what was sent, and never sends a second, different commit for one epoch.
//
// The package knows no task in particular and links no expert's model. It does not serve miners or users, holds no stake, and
// does not decide what a receipt proves: package exam does, for the chain and for this daemon alike.
package validator
