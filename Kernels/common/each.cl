// EACH(m, a, b, ...) applies the macro m to each argument, itself in parentheses: m a, m b, ...
// EACH_STATEMENT does the same with semicolons between. Shared by the OpenCL dialect (kernel.cl) and its native twin.

#define COMMA_() ,
#define SEMICOLON_() ;
#define EACH_1(s, m, a) m a
#define EACH_2(s, m, a, ...) m a s() EACH_1(s, m, __VA_ARGS__)
#define EACH_3(s, m, a, ...) m a s() EACH_2(s, m, __VA_ARGS__)
#define EACH_4(s, m, a, ...) m a s() EACH_3(s, m, __VA_ARGS__)
#define EACH_5(s, m, a, ...) m a s() EACH_4(s, m, __VA_ARGS__)
#define EACH_6(s, m, a, ...) m a s() EACH_5(s, m, __VA_ARGS__)
#define EACH_7(s, m, a, ...) m a s() EACH_6(s, m, __VA_ARGS__)
#define EACH_8(s, m, a, ...) m a s() EACH_7(s, m, __VA_ARGS__)
#define EACH_9(s, m, a, ...) m a s() EACH_8(s, m, __VA_ARGS__)
#define EACH_10(s, m, a, ...) m a s() EACH_9(s, m, __VA_ARGS__)
#define EACH_11(s, m, a, ...) m a s() EACH_10(s, m, __VA_ARGS__)
#define EACH_12(s, m, a, ...) m a s() EACH_11(s, m, __VA_ARGS__)
#define EACH_13(s, m, a, ...) m a s() EACH_12(s, m, __VA_ARGS__)
#define EACH_14(s, m, a, ...) m a s() EACH_13(s, m, __VA_ARGS__)
#define EACH_15(s, m, a, ...) m a s() EACH_14(s, m, __VA_ARGS__)
#define EACH_16(s, m, a, ...) m a s() EACH_15(s, m, __VA_ARGS__)
#define EACH_17(s, m, a, ...) m a s() EACH_16(s, m, __VA_ARGS__)
#define EACH_18(s, m, a, ...) m a s() EACH_17(s, m, __VA_ARGS__)
#define EACH_19(s, m, a, ...) m a s() EACH_18(s, m, __VA_ARGS__)
#define EACH_20(s, m, a, ...) m a s() EACH_19(s, m, __VA_ARGS__)
#define EACH_21(s, m, a, ...) m a s() EACH_20(s, m, __VA_ARGS__)
#define EACH_22(s, m, a, ...) m a s() EACH_21(s, m, __VA_ARGS__)
#define EACH_23(s, m, a, ...) m a s() EACH_22(s, m, __VA_ARGS__)
#define EACH_24(s, m, a, ...) m a s() EACH_23(s, m, __VA_ARGS__)
#define EACH_25(s, m, a, ...) m a s() EACH_24(s, m, __VA_ARGS__)
#define EACH_26(s, m, a, ...) m a s() EACH_25(s, m, __VA_ARGS__)
#define EACH_27(s, m, a, ...) m a s() EACH_26(s, m, __VA_ARGS__)
#define EACH_28(s, m, a, ...) m a s() EACH_27(s, m, __VA_ARGS__)
#define EACH_29(s, m, a, ...) m a s() EACH_28(s, m, __VA_ARGS__)
#define EACH_30(s, m, a, ...) m a s() EACH_29(s, m, __VA_ARGS__)
#define EACH_31(s, m, a, ...) m a s() EACH_30(s, m, __VA_ARGS__)
#define EACH_32(s, m, a, ...) m a s() EACH_31(s, m, __VA_ARGS__)
#define EACH_PICK(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, \
                  a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, name, ...) \
  name
#define EACH_WITH(s, m, ...) \
  EACH_PICK(__VA_ARGS__, EACH_32, EACH_31, EACH_30, EACH_29, EACH_28, EACH_27, EACH_26, EACH_25, EACH_24, EACH_23, \
            EACH_22, EACH_21, EACH_20, EACH_19, EACH_18, EACH_17, EACH_16, EACH_15, EACH_14, EACH_13, EACH_12, \
            EACH_11, EACH_10, EACH_9, EACH_8, EACH_7, EACH_6, EACH_5, EACH_4, EACH_3, EACH_2, EACH_1, unused) \
  (s, m, __VA_ARGS__)
#define EACH(m, ...) EACH_WITH(COMMA_, m, __VA_ARGS__)
#define EACH_STATEMENT(m, ...) EACH_WITH(SEMICOLON_, m, __VA_ARGS__)
