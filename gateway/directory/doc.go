// Package directory knows who serves what: the subnets with the routes of their tasks, the miners with their endpoints, keys and prices,
// and the versions of models that they are bound to.
//
// It is a view of the chain that is read again and again, and served from its last state while no node answers: [View.At] says how old it is.
// It knows no HTTP, chooses no miner and keeps no statistics.
package directory
