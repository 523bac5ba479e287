// Package chat is the task of answering a conversation with a language model, in the shape of OpenAI's chat completions.
//
// It holds the protocol that experts and examiners share (request, response, pieces of a stream, all strictly read and bounded), the
// subnet's parameters (which versions of which models may be served), and an examiner whose questions have answers that can be
// computed. It does not verify that a miner runs the model it names: layers that prefill, replay a sampler or compare log-probabilities stand
// elsewhere and use this protocol.
//
// The experts are in packages of their own: openai stands in front of any OpenAI-compatible server.
package chat
