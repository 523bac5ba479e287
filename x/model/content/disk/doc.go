// Package disk finds a version's files on a disk and hashes them: what a publisher, a miner and whoever checks a download do alike.
//
// A version is a folder, whose files count by their paths below it, or one file, which counts by its name. Names that begin with a dot are
// left out with all that is below them (.git, .cache). A link to a file counts as the file; one to a folder is refused, since it could lead
// out or in circles. Programs use it; the chain does not.
package disk
