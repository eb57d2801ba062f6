// nop
