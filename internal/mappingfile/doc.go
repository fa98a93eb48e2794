// Package mappingfile finds mapping files, by their path or by the name of one that is part of the program, and the look-up tables beside them.
package mappingfile
