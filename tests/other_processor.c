/* Preloaded: CPUID traps and answers as the processor that OTHER_PROCESSOR names, one of "intel-avx2", "intel-avx512",
 * "amd-avx2", "amd-avx512". The libraries then choose the code they would run there; arithmetic stays this processor's.
 * Exits with 77 where the kernel cannot make CPUID trap. Linux on x86-64 alone.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { ARCH_SET_CPUID = 0x1012 };
enum { A, B, C, D };
static int is_amd, has_avx512;

static long let_cpuid_pass(long on) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, on); }

static void set_vendor(unsigned r[4]) {
    const char *name = is_amd ? "AuthenticAMD" : "GenuineIntel";
    memcpy(&r[B], name, 4), memcpy(&r[D], name + 4, 4), memcpy(&r[C], name + 8, 4);
}

static unsigned model(void) {
    if (is_amd) return has_avx512 ? 0x00a10f11 : 0x00830f10; /* Zen 4, Zen 2 */
    return has_avx512 ? 0x00050654 : 0x000306f2;             /* Skylake server, Haswell server */
}

static void set_features(unsigned r[4]) { /* leaf 7: what is newer than Skylake's or Zen 4's is left out */
    const unsigned avx512_b = 0xdc230000u, avx512_c = 0x00005842u, avx512_d = 0x0000010cu;
    const unsigned newer_d = 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25; /* AMX and half precision */
    r[A] = 0, r[D] &= ~newer_d;
    if (!has_avx512) r[B] &= ~avx512_b, r[C] &= ~avx512_c, r[D] &= ~avx512_d;
}

static void set_caches(unsigned leaf, unsigned index, unsigned r[4]) { /* 32 KiB, 512 KiB, 16 MiB; other than here */
    static const unsigned kind[4] = {0x121, 0x122, 0x143, 0x163}, sets[4] = {63, 63, 1023, 16383};
    static const unsigned ways[4] = {7, 7, 7, 15};
    memset(r, 0, 16);
    if ((leaf == 4) == !is_amd && index < 4) r[A] = kind[index], r[B] = 63 | ways[index] << 22, r[C] = sets[index];
}

static void answer(unsigned leaf, unsigned index, unsigned r[4]) {
    let_cpuid_pass(1);
    __cpuid_count(leaf, index, r[A], r[B], r[C], r[D]);
    let_cpuid_pass(0);
    if (leaf == 0) r[A] = 0x16, set_vendor(r);
    if (leaf == 1) r[A] = model();
    if (leaf == 7 && index == 0) set_features(r);
    if (leaf == 0xd && index == 0) r[A] &= has_avx512 ? 0xe7 : 0x7;
    if ((leaf == 7 && index) || leaf == 0x14 || leaf == 0x19 || leaf == 0x1d || leaf == 0x1e) memset(r, 0, 16);
    if (leaf == 4 || leaf == 0x8000001du) set_caches(leaf, index, r);
    if (leaf == 2 && is_amd) memset(r, 0, 16);
    if (leaf == 0x80000000u && is_amd) r[A] = 0x80000020u, set_vendor(r);
    if (leaf == 0x80000001u && is_amd) r[A] = model();
}

static void on_fault(int number, siginfo_t *info, void *context) {
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *code = (const unsigned char *)g[REG_RIP];
    if (info->si_code == SEGV_MAPERR || code[0] != 0x0f || code[1] != 0xa2) { /* not CPUID: a true fault */
        signal(number, SIG_DFL);
        return;
    }
    unsigned r[4];
    answer((unsigned)g[REG_RAX], (unsigned)g[REG_RCX], r);
    g[REG_RAX] = r[A], g[REG_RBX] = r[B], g[REG_RCX] = r[C], g[REG_RDX] = r[D], g[REG_RIP] += 2;
}

__attribute__((constructor)) static void start(void) {
    const char *name = getenv("OTHER_PROCESSOR");
    if (!name) return;
    is_amd = strstr(name, "amd") != NULL, has_avx512 = strstr(name, "avx512") != NULL;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    if (let_cpuid_pass(0)) _exit(77);
}
