package task

// Pinned is a version that an expert serves, by the name that the chain has for it.
type Pinned struct {
	// Version is name@number.
	Version string
	// Root of the version's files as the expert was told it; zero where nobody did.
	Root [32]byte
	// Path of its files on this machine, a folder or a single file; empty where the expert does not hold them itself.
	Path string
}

// Pinner is an Expert that serves a pinned version.
type Pinner interface {
	// Pinned is false where what is served has no version.
	Pinned() (Pinned, bool)
}
