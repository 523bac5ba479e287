// Package llamacpptest starts llama.cpp behind an OpenAI-compatible front (testdata/front.mjs), so that tests meet an engine that is not
// ours. It is for tests only; where Node, the packages of scripts/llamacpp.sh or the model are absent, the test is skipped.
package llamacpptest
