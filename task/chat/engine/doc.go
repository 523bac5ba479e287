// Package engine is a model of a GGUF file as task chat sees it: a conversation becomes a prompt, an answer is generated with the
// sampler that the protocol fixes, and whoever verifies one gets the logits that it was drawn from.
//
// Serving and verifying go through the same prompt and the same model, so that an honest answer is found right to the last bit on
// machines of one kind. The arithmetic is package lm's; how a conversation is written is package template's.
package engine
