// Package embedded is the expert of task chat that serves a GGUF file by itself, with package lm: a fresh machine serves a real
// model with no other program.
//
// It draws each token as the protocol says (chat.Request.Sampler), so that validators can draw it again. It computes on the processor and loads one
// model; large ones are for the servers behind expert openai.
package embedded
