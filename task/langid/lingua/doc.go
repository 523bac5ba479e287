// Package lingua answers langid requests with the lingua-go library: n-gram models
// of lengths one to five in high-accuracy mode, of length three in low-accuracy
// mode. The models are inside the library; only those of the subnet's languages
// are loaded.
//
// Importing it adds about 125 MB to a binary. High accuracy takes about 1.2 GB of
// memory for 26 languages, low accuracy 70 MB.
package lingua
