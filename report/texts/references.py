"""The works whose methods and numbers the study uses, each with what it is used for.

Titles and venues stay as printed; what a work is used for is a message in English.
"""

from typing import NamedTuple

from report.texts.language import N_
from report.texts.published import DATASETS


class Reference(NamedTuple):
    """A work.

    Attributes:
        authors: As cited.
        year: Of publication.
        title: As printed.
        venue: Journal, conference or preprint number.
        url: Where it can be read; empty where it is not on the web.
        use: What this study takes from it.
        language: Of the title.
        datasets: What a run must be of for the work to be cited; empty where always.
    """

    authors: str
    year: int
    title: str
    venue: str
    url: str
    use: str
    language: str = "en"
    datasets: tuple[str, ...] = ()


REFERENCES = (
    Reference(
        "F. Ręka", 2022, "Analiza porównawcza zastosowań tradycyjnych oraz wariacyjnych autoenkoderów",
        "Uniwersytet Marii Curie-Skłodowskiej, Lublin", "", N_("the lecture whose claims C1 to C6 are tested"), "pl",
    ),
    Reference(
        "P. Baldi, K. Hornik", 1989, "Neural Networks and Principal Component Analysis: Learning from Examples Without Local Minima",
        "Neural Networks 2, 53–58", "https://doi.org/10.1016/0893-6080(89)90014-2", N_("why the linear AE must land on PCA"),
    ),
    Reference(
        "M. Bińkowski, D. J. Sutherland, M. Arbel, A. Gretton", 2018, "Demystifying MMD GANs",
        "arXiv:1801.01401", "https://arxiv.org/abs/1801.01401", N_("kernel distance"),
    ),
    Reference(
        "A. Buades, B. Coll, J.-M. Morel", 2005, "A Non-Local Algorithm for Image Denoising",
        "CVPR, 60–65", "https://doi.org/10.1109/CVPR.2005.38", N_("non-local means"),
    ),
    Reference(
        "Y. Burda, R. Grosse, R. Salakhutdinov", 2016, "Importance Weighted Autoencoders",
        "arXiv:1509.00519", "https://arxiv.org/abs/1509.00519",
        N_("importance-weighted bound, active units, published likelihoods"),
    ),
    Reference(
        "A. Chambolle", 2004, "An Algorithm for Total Variation Minimization and Applications",
        "Journal of Mathematical Imaging and Vision 20, 89–97", "https://doi.org/10.1023/B:JMIV.0000011325.36760.1e",
        N_("total variation"),
    ),
    Reference(
        "A. Defazio, A. Cutkosky, H. Mehta, K. Mishchenko", 2023,
        "Optimal Linear Decay Learning Rate Schedules and Further Refinements", "arXiv:2310.07831",
        "https://arxiv.org/abs/2310.07831", N_("the linear learning rate schedule"),
    ),
    Reference(
        "P. Ghosh, M. S. M. Sajjadi, A. Vergari, M. Black, B. Schölkopf", 2020,
        "From Variational to Deterministic Autoencoders", "arXiv:1903.12436", "https://arxiv.org/abs/1903.12436",
        N_("the RAE; fitting a distribution to codes after training; the published order of generators"),
    ),
    Reference(
        "D. Hendrycks, M. Mazeika, T. Dietterich", 2019, "Deep Anomaly Detection with Outlier Exposure",
        "arXiv:1812.04606", "https://arxiv.org/abs/1812.04606", N_("training judges to reject images of no class"),
    ),
    Reference(
        "M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter", 2017,
        "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", "arXiv:1706.08500",
        "https://arxiv.org/abs/1706.08500", N_("Fréchet distance"),
    ),
    Reference(
        "I. Higgins et al.", 2017, "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework",
        "ICLR", "https://openreview.net/forum?id=Sy2fzU9gl", N_("the weight β"),
    ),
    Reference(
        "G. E. Hinton, R. R. Salakhutdinov", 2006, "Reducing the Dimensionality of Data with Neural Networks",
        "Science 313, 504–507", "https://doi.org/10.1126/science.1127647", N_("the deep autoencoder, published squared errors"),
    ),
    Reference(
        "D. P. Kingma, M. Welling", 2014, "Auto-Encoding Variational Bayes",
        "arXiv:1312.6114", "https://arxiv.org/abs/1312.6114", N_("the VAE and its bound"),
    ),
    Reference(
        "F. H. Kingma, P. Abbeel, J. Ho", 2019,
        "Bit-Swap: Recursive Bits-Back Coding for Lossless Compression with Hierarchical Latent Variables",
        "arXiv:1905.06845", "https://arxiv.org/abs/1905.06845", N_("published lossless rate"), datasets=DATASETS,
    ),
    Reference(
        "T. Kynkäänniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila", 2019,
        "Improved Precision and Recall Metric for Assessing Generative Models", "arXiv:1904.06991",
        "https://arxiv.org/abs/1904.06991", N_("precision and recall of samples"),
    ),
    Reference(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner", 1998, "Gradient-Based Learning Applied to Document Recognition",
        "Proceedings of the IEEE 86, 2278–2324", "https://doi.org/10.1109/5.726791", N_("the convolutional judge's kind of network"),
    ),
    Reference(
        "Y. LeCun, C. Cortes, C. J. C. Burges", 1998, "The MNIST Database of Handwritten Digits", "yann.lecun.com",
        "http://yann.lecun.com/exdb/mnist/", N_("the data"), datasets=DATASETS,
    ),
    Reference(
        "D. Lopez-Paz, M. Oquab", 2017, "Revisiting Classifier Two-Sample Tests",
        "arXiv:1610.06545", "https://arxiv.org/abs/1610.06545", N_("telling codes from draws"),
    ),
    Reference(
        "M. F. Naeem, S. J. Oh, Y. Uh, Y. Choi, J. Yoo", 2020,
        "Reliable Fidelity and Diversity Metrics for Generative Models", "arXiv:2002.09797",
        "https://arxiv.org/abs/2002.09797", N_("density and coverage"),
    ),
    Reference(
        "A. Radford, L. Metz, S. Chintala", 2016,
        "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
        "arXiv:1511.06434", "https://arxiv.org/abs/1511.06434", N_("convolutional autoencoders"),
    ),
    Reference(
        "B. Schölkopf, A. Smola, K.-R. Müller", 1998, "Nonlinear Component Analysis as a Kernel Eigenvalue Problem",
        "Neural Computation 10, 1299–1319", "https://doi.org/10.1162/089976698300017467", N_("kernel PCA"),
    ),
    Reference(
        "L. N. Smith, N. Topin", 2019, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
        "arXiv:1708.07120", "https://arxiv.org/abs/1708.07120", N_("the learning rate schedule of the judges"),
    ),
    Reference(
        "J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller", 2015,
        "Striving for Simplicity: The All Convolutional Net", "arXiv:1412.6806", "https://arxiv.org/abs/1412.6806",
        N_("the strided judge"),
    ),
    Reference(
        "H. Xiao, K. Rasul, R. Vollgraf", 2017,
        "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms", "arXiv:1708.07747",
        "https://arxiv.org/abs/1708.07747", N_("the data"), datasets=("fashion-mnist", "fashion-mnist-slice"),
    ),
    Reference(
        "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha", 2018,
        "Deep Learning for Classical Japanese Literature", "arXiv:1812.01718",
        "https://arxiv.org/abs/1812.01718", N_("the data"), datasets=("kmnist",),
    ),
    Reference(
        "J. Townsend, T. Bird, D. Barber", 2019, "Practical Lossless Compression with Latent Variables Using Bits Back Coding",
        "arXiv:1901.04866", "https://arxiv.org/abs/1901.04866", N_("published lossless rate"), datasets=DATASETS,
    ),
    Reference(
        "J. Venna, S. Kaski", 2001, "Neighborhood Preservation in Nonlinear Projection Methods: An Experimental Study",
        "ICANN, 485–491", "https://doi.org/10.1007/3-540-44668-0_68", N_("trustworthiness and continuity of maps"),
    ),
    Reference(
        "P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio, P.-A. Manzagol", 2010,
        "Stacked Denoising Autoencoders: Learning Useful Representations in a Deep Network with a Local Denoising Criterion",
        "Journal of Machine Learning Research 11, 3371–3408", "https://www.jmlr.org/papers/v11/vincent10a.html",
        N_("training to denoise, masking noise, features that never saw a label"),
    ),
    Reference(
        "Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli", 2004,
        "Image Quality Assessment: From Error Visibility to Structural Similarity",
        "IEEE Transactions on Image Processing 13, 600–612", "https://doi.org/10.1109/TIP.2003.819861", "SSIM",
    ),
    Reference(
        "tilman151", 2021, "Autoencoder Bake-Off", "GitHub", "https://github.com/tilman151/ae_bakeoff",
        N_("published cross-entropies"), datasets=DATASETS,
    ),
)  # fmt: skip
