"""Backward passes with a line for each formula, and wrong lines for them: each is one mistake of which it is
known where it is.

    PASSES[number]      the right code, exec and call it
    WRONG               (number, the line, the wrong line, the formulas of which one is wrong)
"""

PASSES = {}

PASSES["4.2"] = """def backward(params, x, h, dy):
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["x"] = np.zeros_like(x)
    from_later = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        dh = params["W_hy"].T @ dy[t] + from_later
        delta = dh * (1 - h[t + 1] ** 2)
        grads["W_hy"] += np.outer(dy[t], h[t + 1])
        grads["b_y"] += dy[t]
        grads["W_hh"] += np.outer(delta, h[t])
        grads["W_xh"] += np.outer(delta, x[t])
        grads["b_h"] += delta
        grads["x"][t] = params["W_xh"].T @ delta
        from_later = params["W_hh"].T @ delta
    return {**grads, "h0": from_later}
"""

PASSES["4.3"] = """def backward(params, cache, dy):
    x, h = cache.x, cache.h
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, from_later = np.zeros_like(x), np.zeros_like(h[0])
    for t in range(len(x), 0, -1):
        dy_t = dy[t - 1]
        dh = dy_t @ params["W_hy"] + from_later
        da = (1 - h[t] ** 2) * dh
        grads["W_hy"] += dy_t.T @ h[t]
        grads["b_y"] += dy_t.sum(axis=0)
        grads["W_hh"] += da.T @ h[t - 1]
        grads["W_xh"] += da.T @ x[t - 1]
        grads["b_h"] += da.sum(axis=0)
        dx[t - 1] = da @ params["W_xh"]
        from_later = da @ params["W_hh"]
    return {**grads, "x": dx, "h0": from_later}
"""

PASSES["8.5"] = """def backward(params, cache, dy):
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dx = np.zeros_like(cache.x)
    dh_later, dc_later = np.zeros_like(cache.h[0]), np.zeros_like(cache.c[0])
    for t in range(len(dy), 0, -1):
        i, f, g, o = cache.i[t - 1], cache.f[t - 1], cache.g[t - 1], cache.o[t - 1]
        tanh_c = np.tanh(cache.c[t])
        dh = dy[t - 1] @ params["W_hy"] + dh_later
        dc = o * (1 - tanh_c ** 2) * dh + dc_later
        da_i = dc * g * i * (1 - i)
        da_f = dc * cache.c[t - 1] * f * (1 - f)
        da_g = dc * i * (1 - g ** 2)
        da_o = dh * tanh_c * o * (1 - o)
        da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
        grads["W_hy"] += dy[t - 1].T @ cache.h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        grads["W_hh"] += da.T @ cache.h[t - 1]
        grads["W_xh"] += da.T @ cache.x[t - 1]
        grads["b_h"] += da.sum(axis=0)
        dx[t - 1] = da @ params["W_xh"]
        dh_later = da @ params["W_hh"]
        dc_later = f * dc
    return {**grads, "x": dx, "h0": dh_later, "c0": dc_later}
"""

PASSES["8.8"] = """def backward(params, cache, dy):
    H = cache.h.shape[2]
    W = params["W_hh"]
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dx, dh_later = np.zeros_like(cache.x), np.zeros_like(cache.h[0])
    for t in range(len(dy), 0, -1):
        r, z, m, n = cache.r[t - 1], cache.z[t - 1], cache.m[t - 1], cache.n[t - 1]
        dh = dy[t - 1] @ params["W_hy"] + dh_later
        da_n = dh * (1 - z) * (1 - n ** 2)
        da_r = da_n * m * r * (1 - r)
        da_z = dh * (cache.h[t - 1] - n) * z * (1 - z)
        dm = da_n * r
        da_x = np.concatenate([da_r, da_z, da_n], axis=1)
        da_h = np.concatenate([da_r, da_z, dm], axis=1)
        grads["W_hy"] += dy[t - 1].T @ cache.h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        grads["W_hh"] += da_h.T @ cache.h[t - 1]
        grads["W_xh"] += da_x.T @ cache.x[t - 1]
        grads["b_h"] += da_h.sum(axis=0)
        grads["b_x"] += da_x.sum(axis=0)
        dx[t - 1] = da_x @ params["W_xh"]
        dh_later = z * dh + da_h @ params["W_hh"]
    return {**grads, "x": dx, "h0": dh_later}
"""

WRONG = [
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = dy_t @ params["W_hy"] + 0.5 * from_later', "later dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = dy_t @ params["W_hy"] - from_later', "later dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = (dy_t @ params["W_hy"]) * (t < len(x)) + from_later', "direct dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = dy_t @ params["W_hy"] + (from_later if t > 1 else 0)', "dh later"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = 2 * (dy_t @ params["W_hy"]) + from_later', "direct dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = (dy_t @ params["W_hy"] + from_later) / 2', "dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = dy_t @ params["W_hy"] if dy_t.any() else from_later', "dh"),
    ("4.3", 'dh = dy_t @ params["W_hy"] + from_later',
     'dh = dy_t @ params["W_hy"] * (1 - h[t] ** 2) + from_later', "direct dh"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - h[t] ** 3) * dh', "slope"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - h[t] ** 2) ** 2 * dh', "slope da"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - np.abs(h[t])) * dh', "slope"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - h[t] ** 2).mean() * dh', "slope"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - h[0] ** 2) * dh', "slope"),
    ("4.3", '(1 - h[t] ** 2) * dh', '(1 - dh ** 2) * dh', "slope da"),
    ("4.3", '(1 - h[t] ** 2) * dh', 'np.sqrt(1 - h[t] ** 2) * dh', "slope"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = -da @ params["W_hh"]', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = 0.9 * da @ params["W_hh"]', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = da @ np.tril(params["W_hh"])', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = da * np.diag(params["W_hh"])', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = da @ np.linalg.inv(params["W_hh"])', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]',
     'from_later = np.clip(da, -0.1, 0.1) @ params["W_hh"]', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]', 'from_later = np.tanh(da @ params["W_hh"])', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]',
     'from_later = (da / (1 - h[t] ** 2)) @ params["W_hh"] * (1-h[t])', "carry"),
    ("4.3", 'from_later = da @ params["W_hh"]',
     'from_later = da @ params["W_hh"] if t != 3 else 0 * da', "carry"),
    ("4.3", 'da.T @ h[t - 1]', 'da.T @ (1 - h[t - 1] ** 2)', "previous share_of_W_hh"),
    ("4.3", 'da.T @ h[t - 1]', 'da.T @ (h[t - 1] + h[t])', "previous share_of_W_hh"),
    ("4.3", 'da.T @ h[t - 1]', 'dh.T @ h[t - 1]', "share_of_W_hh"),
    ("4.3", 'grads["W_hh"] += da.T @ h[t - 1]', 'grads["W_hh"] = da.T @ h[t - 1]', "add"),
    ("4.3", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] = da.sum(axis=0)', "add"),
    ("4.3", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da[0]', "share_of_b_h"),
    ("4.3", 'da.T @ x[t - 1]', 'dh.T @ x[t - 1]', "share_of_W_xh"),
    ("4.3", 'da.T @ x[t - 1]', 'da.T @ x[t - 1] / len(da)', "share_of_W_xh"),
    ("4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[t - 1] = -da @ params["W_xh"]', "dx"),
    ("4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[t - 1] = da @ params["W_hh"] @ params["W_xh"]', "dx"),
    ("4.3", '"h0": from_later', '"h0": from_later * (1 - h[0] ** 2)', "dh0"),
    ("4.3", '"h0": from_later', '"h0": from_later @ params["W_hh"]', "dh0"),
    ("4.3", 'range(len(x), 0, -1)', 'range(min(len(h[0]), len(x)), 0, -1)', "steps"),
    ("4.3", 'range(len(x), 0, -1)', 'range(len(x), 0, -2)', "steps"),
    ("4.2", '(1 - h[t + 1] ** 2)', '(1 - h[t + 1]) * (2 + h[t])', "slope"),
    ("4.2", '+ from_later', '+ from_later * (t > 1)', "later dh"),
    ("4.2", 'grads["x"][t] = params["W_xh"].T @ delta', 'grads["x"][t] = params["W_xh"].T @ dh', "dx"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = dc_later + (dy[t-1] @ params["W_hy"]) * o * (1 - tanh_c ** 2)', "from_hidden"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = o * (1 - np.tanh(cache.c[t - 1]) ** 2) * dh + dc_later', "from_hidden tanh_slope"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = o * (1 - tanh_c) * dh + dc_later', "from_hidden tanh_slope"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = o * ((1 - tanh_c ** 2) * dh + dc_later)', "dc"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = o * (1 - tanh_c ** 2) * (dh + dc_later)', "dc"),
    ("8.5", 'dc = o * (1 - tanh_c ** 2) * dh + dc_later',
     'dc = i * (1 - tanh_c ** 2) * dh + dc_later', "from_hidden"),
    ("8.5", 'da_i = dc * g * i * (1 - i)', 'da_i = dc * g * f * (1 - f)', "da_i"),
    ("8.5", 'da_i = dc * g * i * (1 - i)', 'da_i = dc * g * (1 - i)', "da_i"),
    ("8.5", 'da_i = dc * g * i * (1 - i)', 'da_i = dc * g * (1 - i ** 2)', "da_i"),
    ("8.5", 'da_f = dc * cache.c[t - 1] * f * (1 - f)',
     'da_f = dc * cache.h[t - 1] * f * (1 - f)', "da_f previous_cell"),
    ("8.5", 'da_f = dc * cache.c[t - 1] * f * (1 - f)',
     'da_f = dc_later * cache.c[t - 1] * f * (1 - f)', "da_f"),
    ("8.5", 'da_f = dc * cache.c[t - 1] * f * (1 - f)', 'da_f = dh * cache.c[t - 1] * f * (1 - f)', "da_f"),
    ("8.5", 'da_g = dc * i * (1 - g ** 2)', 'da_g = dc', "da_g"),
    ("8.5", 'da_g = dc * i * (1 - g ** 2)', 'da_g = dc * i * (1 - g)', "da_g candidate_slope"),
    ("8.5", 'da_g = dc * i * (1 - g ** 2)', 'da_g = dc * i * g', "da_g candidate_slope"),
    ("8.5", 'da_g = dc * i * (1 - g ** 2)', 'da_g = dc * f * (1 - g ** 2)', "da_g"),
    ("8.5", 'da_o = dh * tanh_c * o * (1 - o)', 'da_o = dh * (1 - tanh_c ** 2) * o * (1 - o)', "da_o"),
    ("8.5", 'da_o = dh * tanh_c * o * (1 - o)', 'da_o = dh * cache.h[t] * o * (1 - o)', "da_o"),
    ("8.5", 'da_o = dh * tanh_c * o * (1 - o)',
     'da_o = (dy[t-1] @ params["W_hy"]) * tanh_c * o * (1 - o)', "da_o"),
    ("8.5", 'dc_later = f * dc', 'dc_later = (1 - i) * dc', "carry_c"),
    ("8.5", 'dc_later = f * dc', 'dc_later = f * (dc + dc_later)', "carry_c"),
    ("8.5", 'dc_later = f * dc', 'dc_later = f * f * dc', "carry_c"),
    ("8.5", 'dc_later = f * dc', 'dc_later = f * dc * (1 - f)', "carry_c"),
    ("8.5", 'dc_later = f * dc', 'dc_later = f * (dc - dc_later)', "carry_c"),
    ("8.5", 'dc_later = f * dc', 'dc_later = f * dc_later + dc', "carry_c"),
    ("8.5", 'dh_later = da @ params["W_hh"]',
     'dh_later = np.concatenate([da_i, da_f, da_g, 0 * da_o], axis=1) @ params["W_hh"]', "carry_h"),
    ("8.5", 'dh_later = da @ params["W_hh"]', 'dh_later = dh_later + da @ params["W_hh"]', "carry_h"),
    ("8.5", 'dh_later = da @ params["W_hh"]', 'dh_later = o * (da @ params["W_hh"])', "carry_h"),
    ("8.5", 'dh = dy[t - 1] @ params["W_hy"] + dh_later',
     'dh = dy[t - 1] @ params["W_hy"] + dh_later + dc_later', "dh"),
    ("8.5", 'dh = dy[t - 1] @ params["W_hy"] + dh_later',
     'dh = dy[t - 1] @ params["W_hy"] * o + dh_later', "direct dh"),
    ("8.5", 'dh = dy[t - 1] @ params["W_hy"] + dh_later',
     'dh = o * (dy[t - 1] @ params["W_hy"]) if not t % 2 else dy[t - 1] @ params["W_hy"] + dh_later', "dh"),
    ("8.5", '[da_i, da_f, da_g, da_o]', '[da_f, da_g, da_i, da_o]', "da"),
    ("8.5", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da.mean(axis=0)', "share_of_b_h"),
    ("8.5", 'grads["W_xh"] += da.T @ cache.x[t - 1]', 'grads["W_xh"] = da.T @ cache.x[t - 1]', "add"),
    ("8.5", '"c0": dc_later', '"c0": dc', "dc0"),
    ("8.5", '"h0": dh_later', '"h0": dh', "dh0"),
    ("8.5", 'range(len(dy), 0, -1)', 'range(1, len(dy) + 1)', "steps"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]',
     'dh_later = z * dh + da_h[:, :2*H] @ W[:2*H]', "through_weights"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]',
     'dh_later = z * dh + da_h[:, H:] @ W[H:]', "through_weights"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]', 'dh_later = dh + da_h @ W', "kept"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]',
     'dh_later = z * (dh + da_h @ W)', "through_weights"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]', 'dh_later = z * dh_later + da_h @ W', "kept"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]', 'dh_later = z * z * dh + da_h @ W', "kept"),
    ("8.8", 'dh_later = z * dh + da_h @ params["W_hh"]', 'dh_later = z * dh - da_h @ W', "through_weights"),
    ("8.8", 'da_n = dh * (1 - z) * (1 - n ** 2)', 'da_n = dh * (1 - z) * (1 - n)', "da_n candidate_slope"),
    ("8.8", 'da_n = dh * (1 - z) * (1 - n ** 2)', 'da_n = dh * (1 - z)', "da_n candidate_slope"),
    ("8.8", 'da_n = dh * (1 - z) * (1 - n ** 2)', 'da_n = dh * (1 - n ** 2)', "da_n to_candidate"),
    ("8.8", 'da_n = dh * (1 - z) * (1 - n ** 2)',
     'da_n = dh * (1 - r) * (1 - n ** 2)', "da_n to_candidate"),
    ("8.8", 'da_r = da_n * m * r * (1 - r)', 'da_r = da_n * m * r', "da_r"),
    ("8.8", 'da_r = da_n * m * r * (1 - r)', 'da_r = dh * m * r * (1 - r)', "da_r"),
    ("8.8", 'da_r = da_n * m * r * (1 - r)', 'da_r = da_n * n * r * (1 - r)', "da_r past"),
    ("8.8", 'da_z = dh * (cache.h[t - 1] - n) * z * (1 - z)', 'da_z = dh * (cache.h[t - 1] - n)', "da_z"),
    ("8.8", 'da_z = dh * (cache.h[t - 1] - n) * z * (1 - z)',
     'da_z = dh * (cache.h[t - 1] + n) * z * (1 - z)', "da_z old_against_new"),
    ("8.8", 'da_z = dh * (cache.h[t - 1] - n) * z * (1 - z)',
     'da_z = da_n * (cache.h[t - 1] - n) * z * (1 - z)', "da_z"),
    ("8.8", 'da_z = dh * (cache.h[t - 1] - n) * z * (1 - z)',
     'da_z = dh * -n * z * (1 - z)', "da_z old_against_new"),
    ("8.8", 'dm = da_n * r', 'dm = da_n * (1 - r)', "dm"),
    ("8.8", 'dm = da_n * r', 'dm = da_n * z', "dm"),
    ("8.8", 'dm = da_n * r', 'dm = da_n * r * r', "dm"),
    ("8.8", 'da_x = np.concatenate([da_r, da_z, da_n], axis=1)',
     'da_x = np.concatenate([da_r, da_z, da_n * z], axis=1)', "da_n_of_input"),
    ("8.8", 'da_x = np.concatenate([da_r, da_z, da_n], axis=1)',
     'da_x = np.concatenate([da_r, da_z, dm], axis=1)', "da_n_of_input"),
    ("8.8", 'dh = dy[t - 1] @ params["W_hy"] + dh_later',
     'dh = dy[t - 1] @ params["W_hy"] + z * dh_later', "dh"),
    ("8.8", 'dh = dy[t - 1] @ params["W_hy"] + dh_later',
     'dh = dy[t - 1] @ params["W_hy"] / 2 + dh_later', "direct dh"),
    ("8.8", 'grads["b_x"] += da_x.sum(axis=0)', 'grads["b_x"] = da_x.sum(axis=0)', "add"),
    ("8.8", '"h0": dh_later', '"h0": dh', "dh0"),
    ("8.8", 'range(len(dy), 0, -1)', 'range(1, len(dy) + 1)', "steps"),
]
