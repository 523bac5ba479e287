// Package mat multiplies dense float32 matrices for training, with a result that is defined to the last bit.
//
// Every element of a product is summed in one order: from what C holds, product after product by rising index, each
// product and each sum rounded to float32 and none of them fused. So the result does not depend on block sizes, on how
// rows are cut among goroutines, or on whether the AVX2 kernel or the plain Go one ran: training on two machines gives the
// same bytes. A library that is free to choose its order (gonum's blas32, which the tests use as a second opinion) cannot
// promise that, and is three to five times slower here.
//
// It is not a linear algebra library: Mul is all of it.
package mat
