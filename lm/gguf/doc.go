// Package gguf reads and writes GGUF, versions 2 and 3: the file format of llama.cpp that holds a model's metadata, its
// tokenizer and its tensors. It knows the layout and the sizes of tensor types; what the numbers mean is the business of
// its callers (lm/quant decodes tensors, lm/tokenizer and lm read the metadata).
//
// All integers are little-endian. A string is its length in 8 bytes and its bytes.
//
//	magic "GGUF"                  4
//	version, 2 or 3               4
//	number of tensors             8
//	number of key-value pairs     8
//	pairs, each:
//	  key                         string of 1 to 65535 bytes
//	  type of the value           4
//	  value                       1, 2, 4 or 8 bytes; a string; or an array: type 4, length 8, elements
//	tensor table, each:
//	  name                        string of 1 to 63 bytes
//	  number of dimensions, 1-4   4
//	  dimensions                  8 each; the first is the one that lies together in memory
//	  type                        4
//	  offset                      8, from the beginning of the data
//	zeros up to the alignment
//	data: each tensor at the next multiple of the alignment, zeros between
//
// The alignment is the pair "general.alignment" (a power of two, 32 if absent). Versions 2 and 3 differ in that 3 may be
// big-endian; such files, version 1, and arrays of arrays are refused, as llama.cpp refuses the last two.
//
// The reader is strict: tensors stand in the order of the table without gaps, padding is zero, nothing trails. So what
// it accepts, [File.WriteTo] writes again byte for byte (a file that ends without its last padding gains it). It checks
// each length against the bytes that are left before it allocates.
package gguf
