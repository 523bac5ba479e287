// Package model keeps what is served: models and their versions, each pinned by the root of its files, what they were made from, who
// first showed a root, and which neuron serves which version. Neurons are asked for random chunks of what they are bound to, and lose the binding if
// they cannot give one in time.
//
// How files become a root, and how a chunk is proven, is in x/model/content, which knows no chain. Whether what a miner answers came from the
// version that it is bound to is judged by validators; this package knows only whether it has the bytes.
package model
