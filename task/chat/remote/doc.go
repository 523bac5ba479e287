// Package remote is an engine for package pinned that a server computes, so that validators verify models that package lm does not: large
// ones, and other architectures. The server is the validator's own and believed; what miners serve is compared with what it says.
//
// A server is asked what the model says of tokens that are given, and not to write. Two ways are known:
//
//   - vllm: POST /v1/completions with the tokens of prompt and answer, and prompt_logprobs. One call for an answer.
//   - llama.cpp: POST /completion of its own server, with n_probs; each token is made the one that is drawn by a bias, which the
//     log-probabilities are taken before. One call for a token of the answer, of which the server's cache keeps the beginning.
//
// A server tells the likeliest tokens and the one that stands in the answer, and not the rest of the vocabulary. A row of logits has
// what it told as natural logarithms of probabilities, and spreads what is left over the rest evenly; how much that is stands beside it
// (verify.Transcript.Tail). So claims and the best token are judged as exactly as by package lm, ranks and draws where nearly all of a row is told.
//
// Tokens and templates are computed here, from a GGUF file that needs no weights, and compared with the server's when it is opened.
package remote
