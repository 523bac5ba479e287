// Package localnet runs a whole Agon network on one machine out of the real programs: consensus nodes, a subnet with its
// owner, miners and validators, and a gateway where one is wanted, each a process of its own with a home of its own.
//
// The demonstration, the end-to-end tests and newcomers all stand on it. It knows how to start, fund, watch and stop the
// programs; what a demonstration concludes from them is in localnet/demo.
package localnet
