// Package quant turns numbers into the tensor types f32, f16, q8_0 and q4_0 of ggml and back, and rounds activations as
// ggml does before it multiplies them with weights of such a type.
//
// Layouts, little-endian, of one block:
//
//	f32   1 number    the number                                                      4 bytes
//	f16   1 number    IEEE 754 half                                                   2
//	q8_0  32 numbers  scale d as f16; q[0..31] as int8; a number is d*q               2 + 32
//	q4_0  32 numbers  scale d as f16; 16 bytes, of which byte i holds q[i] in its     2 + 16
//	                  low half and q[i+16] in its high half; a number is d*(q-8)
//
// Encoding is ggml's reference, bit for bit: q8_0 divides by the largest magnitude over 127 and rounds halves away from
// zero; q4_0 divides by the value of largest magnitude over -8.
//
// ggml multiplies a vector with f16 weights after rounding it to f16, and with q8_0 or q4_0 weights after quantizing it to
// q8_0 (its AVX2 code: 127 over the largest magnitude, halves to even). The engine does the same with [Activations] and then
// multiplies plain float32, which differs from ggml's integers in the last bits only. Without it, log-probabilities of a
// quantized file differ from llama.cpp's in the second decimal.
//
// [Convert] makes a whole file of another type.
package quant
