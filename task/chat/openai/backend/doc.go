// Package backend is a pool of OpenAI-compatible servers (vLLM, SGLang, llama.cpp's server, Ollama): what each can do is probed
// and never assumed, each request goes to the least loaded that can serve it, and one that fails is left alone for a while.
//
// It knows HTTP and the servers' manners, not the task: what is sent and what an answer must look like is its user's. It speaks
// net/http and not OpenAI's Go client, which tries again on its own (here a second try may only go to another server, and only before
// the first byte of an answer), bounds neither an answer nor an event, and has no place for the fields in which servers differ from OpenAI.
//
// A server's key comes from the environment, by name, and is in no error and no log.
package backend
