// Command verifybench measures how often each way to cheat with a language model is caught.
package main

func main() {}
