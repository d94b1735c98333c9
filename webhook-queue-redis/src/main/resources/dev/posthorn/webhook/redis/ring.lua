#!lua
ring()
return 1
