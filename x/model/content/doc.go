// Package content pins what a model is made of: files are cut in leaves of 1 MiB and chunks of 1 KiB, and one root of 32 bytes
// stands for all of them, so that whoever has the root can check a single chunk of a file of any size.
//
//	chunk    at most 1 KiB; leaf hash of the tree below
//	leaf     at most 1 MiB; Merkle root over its chunks
//	file     SHA-256("agon/content-file/v1", size, Merkle root over its leaves' roots)
//	version  SHA-256("agon/content-tree/v1", Merkle root over its files' entries: path, size and root of each)
//
// Merkle trees are those of package wire: leaves and nodes are hashed under different prefixes, and a root binds the number of
// leaves. Sizes are bound as well, so that each hash stands for one layout only.
//
// It reads files as streams and holds one leaf at a time, and 32 bytes for each MiB that it has read. It holds no state and
// knows nothing of blocks or the SDK: x/model decides who owns a root and who is asked for a chunk.
package content
