// Makemodels trains the language models that the repository ships, from the texts that scripts/data.sh fetches:
// `make models`. A base learns from all State of the Union speeches; two experts go on from it on those of one era each.
//
// It keeps checkpoints and float32 models in a work folder and goes on where it was stopped; what is trained there is not
// trained again. Into the models folder it writes, for each, a q8_0 GGUF file and a card, as JSON and as a page. The same
// program on the same texts writes the same files, on any amd64 machine and with any number of workers.
package main
